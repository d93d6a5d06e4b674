/* An external delegate that takes the network's RESHAPE over, as small as one can be.

   The interface is external_delegate_interface.h and c/common.h of tensorflow/lite, of which only
   what is used is named here. What it does wrong is chosen by -D: FINDS_NOTHING (no accelerator),
   REFUSES (cannot be applied), TAKES_NOTHING, CRASHES,
   COMPUTES_WRONGLY, IS_NONE (a library of something else). */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RESHAPE = 22, DELEGATE = 51 };

typedef struct { int size; int data[]; } IntArray;

typedef struct {
  int type;
  void *data;
  IntArray *dims;
  float scale;
  int32_t zero_point;
  int allocation_type;
  size_t bytes;
  void *rest[8];
} Tensor;

typedef struct { IntArray *inputs, *outputs; } Node;

typedef struct Context Context;

typedef struct {
  void *(*init)(Context *, const char *, size_t);
  void (*free)(Context *, void *);
  int (*prepare)(Context *, Node *);
  int (*invoke)(Context *, Node *);
  void *profiling_string;
  int32_t builtin_code;
  const char *custom_name;
  int version;
  void *rest[8];
} Registration;

typedef struct Delegate {
  void *data;
  int (*prepare)(Context *, struct Delegate *);
  void *copy_from, *copy_to, *free_buffer;
  int64_t flags;
  void *builder;
} Delegate;

struct Context {
  size_t tensors_size;
  int (*execution_plan)(Context *, IntArray **);
  Tensor *tensors;
  void *impl, *resize_tensor, *report_error, *add_tensors;
  int (*node)(Context *, int, Node **, Registration **);
  int (*replace)(Context *, Registration, const IntArray *, Delegate *);
};

static int invoke(Context *context, Node *node) {
  Tensor *to = &context->tensors[node->outputs->data[0]];
#ifdef COMPUTES_WRONGLY
  memset(to->data, 100, to->bytes);
#else
  /* The other input is the shape. */
  for (int i = 0; i < node->inputs->size; i++) {
    Tensor *from = &context->tensors[node->inputs->data[i]];
    if (from->bytes == to->bytes) memcpy(to->data, from->data, to->bytes);
  }
#endif
  return 0;
}

static int prepare(Context *context, Delegate *self) {
#if defined REFUSES
  return 1;
#elif defined TAKES_NOTHING
  return 0;
#else
  IntArray *plan;
  context->execution_plan(context, &plan);
  struct { int size; int data[1]; } taken = {0, {0}};
  for (int i = 0; i < plan->size; i++) {
    Node *node;
    Registration *its;
    context->node(context, plan->data[i], &node, &its);
    if (its->builtin_code == RESHAPE && taken.size == 0) taken.data[taken.size++] = plan->data[i];
  }
  Registration kernel = {.invoke = invoke, .builtin_code = DELEGATE, .custom_name = "copier", .version = 1};
  return context->replace(context, kernel, (IntArray *)&taken, self);
#endif
}

#ifndef IS_NONE
Delegate *tflite_plugin_create_delegate(char **keys, char **values, size_t options,
                                        void (*report)(const char *)) {
#ifdef CRASHES
  *(volatile int *)0 = 1;
#endif
#ifdef FINDS_NOTHING
  report("no accelerator is connected");
  return NULL;
#endif
  Delegate *delegate = calloc(1, sizeof *delegate);
  delegate->prepare = prepare;
  return delegate;
}

void tflite_plugin_destroy_delegate(Delegate *delegate) { free(delegate); }
#endif
