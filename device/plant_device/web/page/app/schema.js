// What a JSON schema says of one value, as far as a form needs it: pure functions.

/** The field for a value: `{ kind, choices, least, most, step, optional, words }`. */
export function fieldOf(schema, definitions = {}) {
  const whole = followed(schema, definitions);
  const choices = (whole.anyOf ?? []).map((one) => followed(one, definitions));
  const optional = choices.some(({ type }) => type === "null");
  const one = { ...whole, ...choices.find(({ type }) => type !== "null") };
  const words = schema.description ?? one.description ?? "";
  const values = one.enum ?? (one.const === undefined ? null : [one.const]);
  if (values) return { kind: "choice", choices: values, optional, words };
  if (one.type === "boolean") return { kind: "switch", optional, words };
  if (one.type === "integer" || one.type === "number") {
    return {
      kind: "number",
      least: one.minimum ?? one.exclusiveMinimum,
      most: one.maximum ?? one.exclusiveMaximum,
      step: one.type === "integer" ? 1 : "any",
      optional,
      words,
    };
  }
  return { kind: "text", most: one.maxLength, optional, words };
}

/** What was typed as the value that the schema wants; an empty field is none. */
export function valueOf(field, typed) {
  if (field.kind === "switch") return typed;
  if (typed === "") return null;
  return field.kind === "number" ? Number(typed) : typed;
}

function followed(schema, definitions) {
  const name = schema.$ref?.split("/").pop();
  return name ? { ...definitions[name], ...schema } : schema;
}
