"""All the GPUs of a machine, without a flag: each computes its part of every batch.

TensorFlow's own distribution; the step is ours, because Keras 3's `fit` takes no strategy of
several machines. The gradients' sum is that of the whole batch, so that a training goes as on
one device, whatever their number.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

Step = Callable[[np.ndarray, np.ndarray], tuple[float, float]]
ReplicaStep = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


def machine_strategy() -> tf.distribute.Strategy:
    """The strategy in whose scope the caller is, else one of all GPUs, else one device."""
    if tf.distribute.has_strategy() or len(tf.config.list_logical_devices("GPU")) < 2:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy()


def distributed_step(replica_step: ReplicaStep) -> Step:
    """A step over a whole batch, from one over a replica's part of it.

    Args:
        replica_step: from inputs, targets and the whole batch's size to what the replica adds
            to the loss and to the share of hits of the whole batch.
    """
    strategy = tf.distribute.get_strategy()
    replicas = strategy.num_replicas_in_sync

    @tf.function(reduce_retracing=True)
    def step(inputs: tf.Tensor, targets: tf.Tensor, batch: tf.Tensor) -> tuple[tf.Tensor, ...]:
        parts = strategy.run(replica_step, args=(inputs, targets, batch))
        return tuple(strategy.reduce(tf.distribute.ReduceOp.SUM, part, axis=None) for part in parts)

    def whole(inputs: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
        size = tf.constant(len(inputs), tf.float32)
        loss, hits = step(_split(inputs), _split(targets), size)
        return float(loss), float(hits)

    def _split(values: np.ndarray) -> tf.Tensor:
        if replicas == 1:
            return tf.constant(values)
        return strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(values[context.replica_id_in_sync_group :: replicas])
        )

    return whole
