"""The one web application: health, metrics, full texts; networks mount routes on it."""
