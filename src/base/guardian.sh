# Takes orders, a line each, until whoever writes them is gone; then ends the process groups that are left, and gives
# back a terminal that was taken.
trap '' HUP INT QUIT TERM TSTP TTOU
groups=' '
modes=
farewell=
while read -r order what words; do
  case $order in
    watch) groups="$groups$what " ;;
    forget) case $groups in *" $what "*) groups=${groups%%" $what "*}' '${groups#*" $what "} ;; esac ;;
    taken)
      modes=$what farewell=$words
      # While there is one: the end of whoever leads the session, which may be our writer, takes /dev/tty from us.
      if (: <>/dev/tty); then exec 3<>/dev/tty; else modes=; fi
      ;;
    given)
      modes=
      exec 3>&-
      ;;
  esac
done
for group in $groups; do
  kill -s KILL -- "-$group"
done
if [ -n "$modes" ]; then
  printf %s "$farewell" >&3
  # A shell that waits for us sets the modes itself, and its own prompt has others: it goes first.
  sleep 0.3 || sleep 1
  # No prompt takes the signals of the keyboard away, as we do.
  case $(stty -a <&3) in
    *-isig*) stty "$modes" <&3 ;;
  esac
fi
