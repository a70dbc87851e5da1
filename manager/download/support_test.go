package download_test

import (
	"crypto/tls"
	"io"
	"log"
)

func tls11() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
