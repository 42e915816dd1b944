# What deploy/prove-image.sh and deploy/prove-unit.sh are told alike; they source this. Each says by `own_option` which other options with a value it takes.
binary="" models="" root="" keep=no
mirror=http://deb.debian.org/debian
while [ $# -gt 0 ]; do
  case "$1" in
    --binary) binary=$2; shift 2 ;;
    --models) models=$2; shift 2 ;;
    --root) root=$2; shift 2 ;;
    --mirror) mirror=$2; shift 2 ;;
    --keep) keep=yes; shift ;;
    *) own_option "$@" || { echo "unknown: $1" >&2; exit 2; }; shift 2 ;;
  esac
done
[ -x "$binary" ] && [ -d "$models" ] || { echo "give --binary FILE and --models DIR" >&2; exit 2; }
