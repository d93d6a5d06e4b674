"""By which ops local response normalisation takes its power."""

from enum import Enum


class LrnPower(str, Enum):
    """What (k + t) ** -beta is made of; integer_lrn.py tells each."""

    TANH = "tanh"
    LOG_EXP = "log-exp"
    RSQRT = "rsqrt"
    FLOAT = "float"
