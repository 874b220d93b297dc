# Removes what an earlier run left behind.
rm -f "region.txt"
echo "{{ ds_nodash }} $DAY" >> cleaned.txt
echo cleaned
