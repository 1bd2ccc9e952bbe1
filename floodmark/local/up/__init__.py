"""`floodmark up`: the whole pipeline on one machine, supervised."""
