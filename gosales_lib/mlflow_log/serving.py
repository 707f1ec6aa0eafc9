"""A division's model as MLflow serves it: feature columns in, probabilities out.

Imported where MLflow is there already: `import mlflow` costs seconds.
"""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pandas as pd
from mlflow.pyfunc.model import PythonModel


class Scorer(PythonModel):
    """Loads `model.joblib` of a run folder and returns calibrated probabilities."""

    def load_context(self, context: Any) -> None:
        """Read the model that 03_train saved."""
        self.model = joblib.load(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> np.ndarray:
        """Return the probability of a purchase in the window, one per row of the feature matrix."""
        import polars as pl

        answer: np.ndarray = self.model.probability(pl.from_pandas(model_input))
        return answer
