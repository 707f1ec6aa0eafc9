"""MLflow: the store, the record of each training, the model registry and model serving."""
