"""The domain: windows, watermarks, baselines, rules, incidents.

Pure: no I/O, no clock, no logging, no Faust. The stream, the back-test and the tests run this code.
"""
