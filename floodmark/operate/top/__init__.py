"""`floodmark top`: the live view of a pipeline that runs elsewhere."""
