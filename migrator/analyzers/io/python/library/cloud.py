"""Stores and streams of no one cloud: documents, search, caches, queues, business systems, loaders."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package

_MINIO = "object s3://{bucket_name:0}/{object_name:1}"
REDIS_WRITES = ("set", "setex", "hset", "hmset", "lpush", "rpush", "sadd", "zadd")
REDIS_READS = ("get", "hget", "hgetall", "lrange", "smembers", "zrange", "lpop", "rpop")

_CHROMA = "{get_or_create_collection|get_collection|create_collection@name:0}"

PACKAGES = (
    Package(
        ("minio",),
        methods={
            "get_object": f"read {_MINIO}",
            "fget_object": (f"read {_MINIO}", "write file {file_path:2}"),
            "stat_object": f"read {_MINIO}",
            "put_object": f"write {_MINIO}",
            "fput_object": (f"write {_MINIO}", "read file {file_path:2}"),
            "list_objects": "read object s3://{bucket_name:0}/{prefix:1}",
        },
        system="s3",
    ),
    Package(
        ("elasticsearch", "opensearchpy"),
        {"helpers.scan": "read table {index}"},
        {
            "index": "write table {index:0}",
            "bulk": "write table {index}",
            "update": "write table {index:0}",
            "search": "read table {index}",
            "get": "read table {index:0}",
            "count": "read table {index}",
        },
        system="elasticsearch",
    ),
    Package(
        ("pysolr",),
        methods={
            "add": "write table {Solr@url!/:0}",
            "search": "read table {Solr@url!/:0}",
            "more_like_this": "read table {Solr@url!/:0}",
        },
        system="solr",
    ),
    Package(
        ("redis",),
        methods={
            "xadd": "write stream {name:0}",
            "publish": "write stream {channel:0}",
            "xread": "read stream {streams:0}",
            **dict.fromkeys(REDIS_WRITES, "write object redis://{Redis|StrictRedis@host:0}/{name:0}"),
            **dict.fromkeys(REDIS_READS, "read object redis://{Redis|StrictRedis@host:0}/{name:0}"),
        },
        system="redis",
    ),
    Package(
        ("kafka.KafkaProducer", "confluent_kafka.Producer", "aiokafka"),
        methods={
            "send": "write stream {topic:0}",
            "produce": "write stream {topic:0}",
            "send_and_wait": "write stream {topic:0}",
        },
        system="kafka",
    ),
    Package(
        ("kafka",), {"KafkaConsumer": "read stream {topics:0}"}, {"subscribe": "read stream {topics:0}"}, system="kafka"
    ),
    Package(("confluent_kafka",), methods={"subscribe": "read stream {topics:0}"}, system="kafka"),
    Package(
        ("pika",),
        methods={"basic_publish": "write stream {routing_key:1}", "basic_consume": "read stream {queue:0}"},
        system="rabbitmq",
    ),
    Package(
        ("simple_salesforce",), methods={"query": "sql {query:0}", "query_all": "sql {query:0}"}, system="salesforce"
    ),
    Package(
        ("influxdb_client", "influxdb"),
        methods={
            "write": "write table {bucket:0}",
            **dict.fromkeys(("query", "query_data_frame", "query_raw", "query_stream"), "sql {query:0}"),
        },
        system="influxdb",
    ),
    Package(
        ("feast",),
        methods={
            "get_historical_features": "read dataset {features!::1}",
            "get_online_features": "read dataset {features!::0}",
            "materialize": "write dataset {feature_views:2}",
            "materialize_incremental": "write dataset {feature_views:1}",
            "write_to_online_store": "write dataset {feature_view_name:0}",
            "push": "write dataset {push_source_name:0}",
        },
        system="feast",
    ),
    Package(("dlt",), {}, {"run": "write table {pipeline@dataset_name}.{table_name}"}),
    Package(
        ("pulsar",),
        methods={"send": "write stream {create_producer@topic:0}", "receive": "read stream {subscribe@topic:0}"},
        system="pulsar",
    ),
    Package(("nats",), methods={"publish": "write stream {subject:0}", "subscribe": "read stream {subject:0}"}),
    Package(
        ("pinecone",),
        methods={
            "upsert": "write table {Index@name|index_name:0}",
            "upsert_from_dataframe": "write table {Index@name|index_name:0}",
            "query": "read table {Index@name|index_name:0}",
        },
        system="pinecone",
    ),
    Package(
        ("qdrant_client",),
        methods={
            **dict.fromkeys(
                ("upsert", "upload_points", "upload_collection", "upload_records"), "write table {collection_name:0}"
            ),
            **dict.fromkeys(("search", "query_points", "scroll", "retrieve"), "read table {collection_name:0}"),
        },
        system="qdrant",
    ),
    Package(
        ("chromadb",),
        methods={
            **dict.fromkeys(("add", "upsert", "update"), f"write table {_CHROMA}"),
            **dict.fromkeys(("query", "get"), f"read table {_CHROMA}"),
        },
        system="chroma",
    ),
    Package(
        ("pymilvus",),
        methods={
            "insert": ("write table {collection_name}", "write table {Collection@name:0}"),
            "upsert": ("write table {collection_name}", "write table {Collection@name:0}"),
            "search": ("read table {collection_name}", "read table {Collection@name:0}"),
        },
        system="milvus",
    ),
    Package(
        ("weaviate",),
        methods={
            "insert_many": "write table {get@name:0}",
            "insert": "write table {get@name:0}",
            "add_data_object": "write table {class_name:1}",
        },
        system="weaviate",
    ),
    Package(
        ("dataset",),
        methods={
            **dict.fromkeys(
                ("insert", "insert_many", "upsert", "upsert_many", "update"),
                "write table {[]|get_table|create_table@table_name|name:0}",
            ),
            **dict.fromkeys(
                ("all", "find", "find_one", "distinct"), "read table {[]|load_table|get_table@table_name|name:0}"
            ),
        },
    ),
)
