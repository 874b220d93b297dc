import os

TAGS = ["acme", "etl"]
MIN_N = int(os.getenv("ACME_MIN_N", "1"))
OUT_DIR = os.environ.get("DATA_DIR", "/tmp/data")
