"""What the gateway answers: a model for each thing, from which the OpenAPI document is made."""
