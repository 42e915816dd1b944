#!/bin/sh
# Stages of a swap on twelve megapixels, seconds from the start: sh benches/products.sh PORTICO SCENE PRODUCT
# SCENE and PRODUCT are photographs; both are enlarged to 4000×3000 (ImageMagick's convert is needed). Idle cores, please.
set -eu
portico=$1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
convert "$2" -resize 4000x3000^ -gravity center -extent 4000x3000 -quality 92 "$folder/scene.jpg"
convert "$3" -resize 4000x3000^ -gravity center -extent 4000x3000 -quality 92 "$folder/product.jpg"
cat > "$folder/plan.json" <<'PLAN'
{"version": 1, "steps": [{"op": "swap", "params": {"target": {"kind": "subject"}, "with": "image:2"}}]}
PLAN
start=$(date +%s%N)
"$portico" edit "$folder/scene.jpg" "$folder/product.jpg" --plan "$folder/plan.json" -o "$folder/out.jpg" 2>&1 | while read -r line; do
    echo "$(( ($(date +%s%N) - start) / 1000000 )) ms  $line"
done
