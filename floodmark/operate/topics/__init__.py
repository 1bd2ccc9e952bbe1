"""The topics that Floodmark needs: told, made where they are missing, compared with those that others have made."""
