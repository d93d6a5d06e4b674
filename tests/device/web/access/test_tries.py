from hypothesis import given
from hypothesis import strategies as st

from plant_device.web.access.tries import Tries, failed, network_of, seconds_to_wait, succeeded

ADDRESSES = st.sampled_from(["10.0.0.1", "10.0.0.2", "fd00::1", ""])


def _after(number: int, address: str, now: float, tries: Tries = Tries()) -> Tries:  # noqa: B008
    for _ in range(number):
        tries = failed(tries, address, now)
    return tries


def test_an_address_may_err_five_times_and_then_once_in_twelve_seconds() -> None:
    assert seconds_to_wait(_after(4, "10.0.0.1", 1000), "10.0.0.1", 1000) == 0
    tries = _after(5, "10.0.0.1", 1000)
    assert seconds_to_wait(tries, "10.0.0.1", 1000) == 12
    assert seconds_to_wait(tries, "10.0.0.1", 1012) == 0
    assert seconds_to_wait(failed(tries, "10.0.0.1", 1012), "10.0.0.1", 1012) == 12
    assert seconds_to_wait(tries, "10.0.0.2", 1000) == 0


def test_many_addresses_together_have_a_limit_too() -> None:
    tries = Tries()
    for number in range(60):
        tries = failed(tries, f"10.0.{number}.1", 1000)
    assert seconds_to_wait(tries, "10.9.9.9", 1000) == 1


def test_the_owner_does_not_wait_for_a_strangers_flood() -> None:
    tries = succeeded(Tries(), "10.9.9.9")
    for number in range(1500):
        tries = failed(tries, f"10.{number // 250}.{number % 250}.1", 1000)
    assert seconds_to_wait(tries, "10.9.9.9", 1000) == 0
    assert seconds_to_wait(tries, "10.9.9.8", 1000) > 0
    assert len(tries.forgiven) <= 1000


def test_the_right_token_forgives_an_addresses_failures() -> None:
    tries = succeeded(_after(5, "10.0.0.1", 1000), "10.0.0.1")
    assert seconds_to_wait(tries, "10.0.0.1", 1000) == 0


def test_who_has_an_ipv6_network_is_one() -> None:
    assert network_of("fd00::1") == network_of("fd00::ffff:2") != network_of("fd00:0:0:1::1")
    assert network_of("::ffff:10.0.0.1") == "10.0.0.1"
    assert network_of("fe80::1%eth0") == network_of("fe80::2")


@given(st.lists(st.tuples(ADDRESSES, st.floats(0, 100)), max_size=80))
def test_nobody_ever_guesses_faster_than_the_limits(steps: list[tuple[str, float]]) -> None:
    tries, now = Tries(), 1000.0
    guesses: list[tuple[str, float]] = []
    for address, passed in steps:
        now += passed
        if seconds_to_wait(tries, address, now) == 0:
            tries = failed(tries, address, now)
            guesses.append((network_of(address), now))
    for _, begin in guesses:
        within = [one for one, moment in guesses if begin <= moment <= begin + 120]
        assert len(within) <= 60 + 120
        assert all(within.count(one) <= 5 + 120 / 12 + 1 for one in within)


@given(ADDRESSES, st.integers(0, 500), st.floats(0, 1e6))
def test_a_wait_ends(address: str, number: int, now: float) -> None:
    tries = _after(number, address, now)
    seconds = seconds_to_wait(tries, address, now)
    assert seconds_to_wait(tries, address, now + seconds + 0.001) == 0
