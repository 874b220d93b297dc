echo "plain $1" > $DATA_DIR/plain_$1.txt
