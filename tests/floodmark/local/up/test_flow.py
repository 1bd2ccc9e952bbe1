from dataclasses import replace

from floodmark.local.up.flow import Flow, Sample, flow


def sample(at: float, published: int, counted: int, minutes: int = 0) -> Sample:
    return Sample(at, {("t", 0): published, ("t", 1): 10}, {("t", 0): counted}, 3, {("m", 0): minutes}, 4)


def test_without_a_sample_nothing_flows() -> None:
    assert flow(()) == Flow()


def test_one_sample_tells_the_lag_and_no_rate() -> None:
    told = flow([sample(1.0, 100, 40)])
    assert (told.published_rate, told.uncounted, told.unjudged, told.unwritten, told.published) == (0, 70, 3, 4, 110)


def test_rates_are_over_the_last_seconds_only() -> None:
    samples = [sample(0.0, 0, 0, 0), sample(10.0, 1000, 500, 10), sample(14.0, 1400, 900, 30)]
    told = flow(samples, window_s=5.0)
    assert (told.published_rate, told.counted_rate, told.minutes_rate) == (100, 100, 5)


def test_a_topic_made_anew_has_no_negative_rate() -> None:
    assert flow([sample(0.0, 1000, 1000), sample(1.0, 5, 0)]).published_rate == 0


def test_what_is_counted_lacks_what_was_left_out_of_the_transactions_alone() -> None:
    last = replace(sample(1.0, 1000, 960), dead_letters=500, late=2, left_out=5)
    assert flow([last]).counted == 1010 - 50 - 5
