"""What a record says of whom it is for."""

from sinks.protocol import Partition, Record, is_for, was_sent_again

PLACE = Partition("alerts", 0)
FOR_NOTIFY = (("floodmark-for-sink", b"notify"),)


def test_what_is_sent_again_is_told_by_its_header() -> None:
    assert was_sent_again(Record(PLACE, 1, b"i", b"{}", FOR_NOTIFY))
    assert not was_sent_again(Record(PLACE, 1, b"i", b"{}"))
    assert not was_sent_again(Record(PLACE, 1, b"i", b"{}", (("another", b"notify"),)))


def test_what_is_sent_again_for_one_sink_is_for_no_other() -> None:
    assert is_for(Record(PLACE, 1, b"i", b"{}", FOR_NOTIFY), "notify")
    assert not is_for(Record(PLACE, 1, b"i", b"{}", FOR_NOTIFY), "webhook")
    assert is_for(Record(PLACE, 1, b"i", b"{}", (("another", b"notify"),)), "webhook")
