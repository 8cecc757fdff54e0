"""Process physics: regime numbers, predictions with their evidence, one module per phenomenon."""
