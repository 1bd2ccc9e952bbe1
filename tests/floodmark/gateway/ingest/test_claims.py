"""Whose a key is: the earlier claim's, unless its transaction was aborted."""

from floodmark.gateway.ingest.claims import Claims

K, OTHER = b"k" * 16, b"o" * 16


def test_an_earlier_claim_is_a_rival_until_its_fate_is_known() -> None:
    claims = Claims()
    claims.seen(3, K)
    claims.seen(5, K)
    assert (claims.rival(K, 5), claims.rival(K, 3), claims.rival(OTHER, 5)) == (True, False, False)
    claims.decided(3)
    assert (claims.rival(K, 5), claims.is_open(K), claims.taken(K)) == (False, True, None)
    claims.committed(5, K)
    assert (claims.is_open(K), claims.taken(K)) == (False, 5)


def test_a_claim_that_is_committed_decides_all_before_it() -> None:
    claims = Claims()
    claims.seen(3, K)
    claims.seen(4, OTHER)
    claims.committed(4, OTHER)
    assert (claims.is_open(K), claims.taken(K), claims.taken(OTHER)) == (False, None, 4)
    claims.seen(2, K)
    assert not claims.is_open(K), "what was decided is not opened again by the reader that is behind"


def test_what_we_ended_ourselves_is_known_before_it_is_read() -> None:
    claims = Claims()
    claims.seen(3, K)
    claims.ours(3, K, counts=False)
    assert not claims.is_open(K)
    claims.ours(6, OTHER, counts=False)
    claims.seen(6, OTHER)
    assert not claims.is_open(OTHER)
    claims.ours(7, OTHER, counts=True)
    assert claims.taken(OTHER) == 7
    assert claims.wait_seen(6, 0.0)
    assert not claims.wait_seen(8, 0.0)


def test_the_newest_keys_are_remembered() -> None:
    claims = Claims(most=2)
    for offset in range(4):
        claims.committed(offset, bytes([offset]))
    assert [claims.taken(bytes([offset])) for offset in range(4)] == [None, None, 2, 3]
