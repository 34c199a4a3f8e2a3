"""What takes too long is interrupted; what ended in time is not, nor what is asked after it."""

import threading
import time

from bridle.detect.bounded import bounded


class Asked:
    def __init__(self):
        self.interrupted = threading.Event()

    def interrupt(self):
        self.interrupted.set()


def test_only_what_takes_too_long_is_interrupted():
    slow, quick, patient = Asked(), Asked(), Asked()
    with bounded(patient, 3600):
        with bounded(quick, 0.05):
            pass
        with bounded(slow, 0.01):
            assert slow.interrupted.wait(30)
        with bounded(quick, 3600):
            time.sleep(0.1)
    assert (quick.interrupted.is_set(), patient.interrupted.is_set()) == (False, False)


def test_a_bound_that_ends_before_an_earlier_one_is_kept():
    first, second = Asked(), Asked()
    with bounded(first, 3600), bounded(second, 0.01):
        assert second.interrupted.wait(30)
    assert not first.interrupted.is_set()
    again = Asked()
    with bounded(again, 0.01):
        assert again.interrupted.wait(30)
