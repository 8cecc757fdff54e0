"""The dossier door: answers and record on one HTML page that proves itself, and its plots."""
