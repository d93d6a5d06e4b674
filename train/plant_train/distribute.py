"""Several devices: all GPUs of a machine without a flag, several machines by their addresses.

TensorFlow's own distribution; the step is ours, because Keras 3's `fit` takes no strategy of
several machines. Every replica computes its part of each batch, and the gradients' sum is that
of the whole batch, so that a training goes as on one device, whatever their number. Each machine
leaves the whole run in its own folder.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from plant_device.contract.errors import UserError
from plant_train.rendezvous import wait_for_all

Step = Callable[[np.ndarray, np.ndarray], tuple[float, float]]
ReplicaStep = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

_CLUSTER_VARIABLE = "TF_CONFIG"
# What a collective operation ends with when another process is gone.
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


def training_strategy(workers: Sequence[str] = (), worker: int = 0) -> tf.distribute.Strategy:
    """What to train with: the named machines, else this one's GPUs, else its one device.

    TensorFlow wants it before anything else is computed. It waits for all workers, some minutes.

    Args:
        workers: `host:port` of every machine, the same list on each; empty: what `TF_CONFIG`
            says, and without it this machine alone.
        worker: the number of this machine in the list, from 0.

    Raises:
        UserError: the list or the number is wrong, or some worker does not start.
    """
    if workers:
        os.environ[_CLUSTER_VARIABLE] = json.dumps(_cluster(workers, worker))
    if os.environ.get(_CLUSTER_VARIABLE):
        own, others = _places()
        if others:
            wait_for_all(own, others)
        with _ended_by_signals():
            return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def least_of_workers(number: int) -> int:
    """The least of the numbers that the workers call this with."""
    strategy = tf.distribute.get_strategy()
    if not is_one_of_several_workers():
        return number
    own = strategy.run(lambda: tf.constant([number]))
    return int(tf.reduce_min(strategy.gather(own, axis=0)))


def is_one_of_several_workers() -> bool:
    """Whether other processes take part in the training."""
    return isinstance(tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy)


def _cluster(workers: Sequence[str], worker: int) -> dict[str, object]:
    for place in workers:
        host, _, port = place.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise UserError(f"expected host:port for --workers, received: {place}")
    if not 0 <= worker < len(workers):
        raise UserError(
            f"expected --worker from 0 to {len(workers) - 1}, the number of this machine in "
            f"--workers, received: {worker}"
        )
    return {
        "cluster": {"worker": list(workers)},
        "task": {"type": "worker", "index": worker},
    }


def _places() -> tuple[str, list[str]]:
    """Where this process is to be reached, and where the others are."""
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    jobs = resolver.cluster_spec().as_dict()
    own = jobs[resolver.task_type][resolver.task_id]
    return own, [place for places in jobs.values() for place in places if place != own]


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Within it SIGINT ends the process at once, as Python cannot; SIGTERM does so after it too.

    TensorFlow sets a handler for SIGTERM of its own, after which it would no longer end a process.
    """
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # Shells start background jobs with SIGINT ignored; then it stays so.
    for number, handler in former.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


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
        try:
            loss, hits = step(_split(inputs), _split(targets), size)
            return float(loss), float(hits)
        except _LOST as error:
            if not is_one_of_several_workers():
                raise
            raise UserError(
                "lost another worker in the midst of a step: start all of them again with the "
                "same commands, the training goes on after the last epoch that all have finished"
            ) from error

    def _split(values: np.ndarray) -> tf.Tensor:
        if replicas == 1:
            return tf.constant(values)
        return strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(values[context.replica_id_in_sync_group :: replicas])
        )

    return whole
