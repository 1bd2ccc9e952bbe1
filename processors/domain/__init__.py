"""The domain: windows, watermarks, baselines, rules, incidents. Pure: no I/O, no clock, no logging, no Faust."""
