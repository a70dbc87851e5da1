module elvish

go 1.22

require src.elv.sh v0.21.0

require (
	github.com/mattn/go-isatty v0.0.20 // indirect
	go.etcd.io/bbolt v1.3.9 // indirect
	golang.org/x/sync v0.6.0 // indirect
	golang.org/x/sys v0.17.0 // indirect
)
