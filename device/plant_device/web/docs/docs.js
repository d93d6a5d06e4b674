// The API's description, to read and to try. What is tried goes as the page's own requests do.
SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor(request) {
    const cookie = document.cookie.match(/(?:^|; )plant_csrf=([^;]*)/);
    if (cookie && request.method !== "GET") request.headers["X-CSRF-Token"] = cookie[1];
    return request;
  },
});
