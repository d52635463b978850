// An OpenTelemetry Collector for tests: its Splunk HEC and OTLP receivers, acks, a token check, and a
// journal.
//
// It is the server ktel's backends did not grow up with: a fault which our own strict server and our
// client share would show here. Configuration is the collector's; two parts are ours, and both append to the NDJSON file named by their `path`, synced before the client gets its answer:
//
//	extensions: { tap: {path: F} }    one line a request:
//	  {"kind":"request","method","path","status","channel","body","truncated"}
//	  `body` is exactly what arrived, after decompression, before anybody parsed it. Only here can
//	  "the bytes sent are the bytes that arrived" be proved: look for the report in it verbatim.
//	  (What is not UTF-8 shows as U+FFFD.)
//	exporters: { journal: {path: F} } one line a log record, as the receiver understood it:
//	  {"kind":"record","time_unix_nano","observed_unix_nano","host","source","sourcetype","index",
//	   "severity","severity_text","event_name","resource","scope","scope_version","fields","event"}
//	  A string event stays a JSON string, any other is the JSON value itself. The HEC receiver reads
//	  every number as a float64, so this is a decoded value and not the bytes sent: keys sorted
//	  bytewise, no spaces, numbers as Go writes a float64 (1.0 reads 1; above 2^53 it is rounded).
//	  Compare it as a value.
//	and one a gauge's data point:
//	  {"kind":"point","time_unix_nano","resource","scope","scope_version","name","unit","type",
//	   "fields","value"}
//	  `type` is pdata's: "Int" or "Double"; `value` is text, exact in both.
//	exporters: { journal: {path: F, refuse: [unavailable, exhausted, invalid]} }: so the first
//	  requests end, one word each, and leave no line; the receiver makes its own answers of them.
//
// The tap sits behind the token check: a request refused for its token leaves no line. Neither
// line holds the Authorization header.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/ackextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/bearertokenauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/splunkhecreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

func main() {
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "collector", Description: "HEC and OTLP receiver for tests"},
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory()},
			DefaultScheme:     "file",
		}},
	})
	if err := command.Execute(); err != nil {
		log.Fatal(err)
	}
}

func factories() (all otelcol.Factories, err error) {
	all.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](
		splunkhecreceiver.NewFactory(), otlpreceiver.NewFactory())
	if err != nil {
		return all, err
	}
	all.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](exporter.NewFactory(
		component.MustNewType("journal"), emptyConfig,
		exporter.WithLogs(newRecordJournal, component.StabilityLevelStable),
		exporter.WithMetrics(newPointJournal, component.StabilityLevelStable)))
	if err != nil {
		return all, err
	}
	all.Extensions, err = otelcol.MakeFactoryMap[extension.Factory](
		ackextension.NewFactory(), bearertokenauthextension.NewFactory(),
		extension.NewFactory(component.MustNewType("tap"), emptyConfig, newTap,
			component.StabilityLevelStable))
	return all, err
}

// config is that of both our parts; the tap refuses nothing.
type config struct {
	Path   string   `mapstructure:"path"`
	Refuse []string `mapstructure:"refuse"`
}

func (c *config) Validate() error {
	if c.Path == "" {
		return errors.New("path is required: the NDJSON file to append to")
	}
	for _, word := range c.Refuse {
		if _, err := refusal(word); err != nil {
			return err
		}
	}
	return nil
}

func emptyConfig() component.Config { return &config{} }

// file is an NDJSON file which several parts append to.
type file struct {
	mutex sync.Mutex
	file  *os.File
}

var (
	filesMutex sync.Mutex
	files      = map[string]*file{}
)

func open(path string) (*file, error) {
	filesMutex.Lock()
	defer filesMutex.Unlock()
	if known, ok := files[path]; ok {
		return known, nil
	}
	opened, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	files[path] = &file{file: opened}
	return files[path], nil
}

// append writes the lines and returns when they are on disk.
func (f *file) append(lines ...any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text) // ends each value with a newline, sorts the keys of maps
	encoder.SetEscapeHTML(false)
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if _, err := f.file.Write(text.Bytes()); err != nil {
		return err
	}
	return f.file.Sync()
}

// The exporter: records and data points as the receiver understood them.

type journal struct {
	component.StartFunc
	component.ShutdownFunc
	file   *file
	mutex  sync.Mutex
	refuse []string // the words that are left
}

type recordJournal struct{ *journal }
type pointJournal struct{ *journal }

type recordLine struct {
	Kind         string         `json:"kind"`
	Time         string         `json:"time_unix_nano"`
	Observed     string         `json:"observed_unix_nano"`
	Host         string         `json:"host"`
	Source       string         `json:"source"`
	Sourcetype   string         `json:"sourcetype"`
	Index        string         `json:"index"`
	Severity     int            `json:"severity"`
	SeverityText string         `json:"severity_text"`
	EventName    string         `json:"event_name"`
	Resource     map[string]any `json:"resource"`
	Scope        string         `json:"scope"`
	ScopeVersion string         `json:"scope_version"`
	Fields       map[string]any `json:"fields"`
	Event        any            `json:"event"`
}

type pointLine struct {
	Kind         string         `json:"kind"`
	Time         string         `json:"time_unix_nano"`
	Resource     map[string]any `json:"resource"`
	Scope        string         `json:"scope"`
	ScopeVersion string         `json:"scope_version"`
	Name         string         `json:"name"`
	Unit         string         `json:"unit"`
	Type         string         `json:"type"`
	Fields       map[string]any `json:"fields"`
	Value        string         `json:"value"`
}

func newJournal(cfg component.Config) (*journal, error) {
	file, err := open(cfg.(*config).Path)
	return &journal{file: file, refuse: cfg.(*config).Refuse}, err
}

func newRecordJournal(_ context.Context, _ exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	journal, err := newJournal(cfg)
	return &recordJournal{journal}, err
}

func newPointJournal(_ context.Context, _ exporter.Settings, cfg component.Config) (exporter.Metrics, error) {
	journal, err := newJournal(cfg)
	return &pointJournal{journal}, err
}

func (*journal) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// refusal is what a pipeline's end answers where it takes nothing, by one word.
func refusal(word string) (*status.Status, error) {
	switch word {
	case "unavailable":
		return status.New(codes.Unavailable, "the pipeline is down"), nil
	case "exhausted":
		return status.New(codes.ResourceExhausted, "the queue is full").WithDetails(
			&errdetails.RetryInfo{RetryDelay: durationpb.New(2 * time.Second)})
	case "invalid":
		return status.New(codes.InvalidArgument, "the pipeline wants none of it"), nil
	}
	return nil, fmt.Errorf("refuse takes unavailable, exhausted and invalid, not %q", word)
}

// refused is the error of this request, nil where none is left.
func (j *journal) refused() error {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if len(j.refuse) == 0 {
		return nil
	}
	word := j.refuse[0]
	j.refuse = j.refuse[1:]
	refusal, err := refusal(word)
	if err != nil {
		return err
	}
	return refusal.Err()
}

func (j *recordJournal) ConsumeLogs(_ context.Context, logs plog.Logs) error {
	if err := j.refused(); err != nil {
		return err
	}
	var lines []any
	for _, resource := range logs.ResourceLogs().All() {
		of := resource.Resource().Attributes()
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				lines = append(lines, recordLine{
					Kind:         "record",
					Time:         nanoseconds(record.Timestamp()),
					Observed:     nanoseconds(record.ObservedTimestamp()),
					Host:         text(of, "host.name"),
					Source:       text(of, "com.splunk.source"),
					Sourcetype:   text(of, "com.splunk.sourcetype"),
					Index:        text(of, "com.splunk.index"),
					Severity:     int(record.SeverityNumber()),
					SeverityText: record.SeverityText(),
					EventName:    record.EventName(),
					Resource:     of.AsRaw(),
					Scope:        scope.Scope().Name(),
					ScopeVersion: scope.Scope().Version(),
					Fields:       record.Attributes().AsRaw(),
					Event:        record.Body().AsRaw(),
				})
			}
		}
	}
	return j.file.append(lines...)
}

func (j *pointJournal) ConsumeMetrics(_ context.Context, metrics pmetric.Metrics) error {
	if err := j.refused(); err != nil {
		return err
	}
	var lines []any
	for _, resource := range metrics.ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				if metric.Type() != pmetric.MetricTypeGauge {
					return consumererror.NewPermanent(errors.New(metric.Name() + " is no gauge"))
				}
				for _, point := range metric.Gauge().DataPoints().All() {
					lines = append(lines, pointLine{
						Kind:         "point",
						Time:         nanoseconds(point.Timestamp()),
						Resource:     resource.Resource().Attributes().AsRaw(),
						Scope:        scope.Scope().Name(),
						ScopeVersion: scope.Scope().Version(),
						Name:         metric.Name(),
						Unit:         metric.Unit(),
						Type:         point.ValueType().String(),
						Fields:       point.Attributes().AsRaw(),
						Value:        number(point),
					})
				}
			}
		}
	}
	return j.file.append(lines...)
}

func number(point pmetric.NumberDataPoint) string {
	if point.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return strconv.FormatInt(point.IntValue(), 10)
	}
	return strconv.FormatFloat(point.DoubleValue(), 'g', -1, 64)
}

func nanoseconds(at pcommon.Timestamp) string { return strconv.FormatUint(uint64(at), 10) }

func text(attributes pcommon.Map, key string) string {
	if value, ok := attributes.Get(key); ok {
		return value.AsString()
	}
	return ""
}

// The extension: requests as they arrived.

type tap struct {
	component.StartFunc
	component.ShutdownFunc
	file *file
}

type requestLine struct {
	Kind      string `json:"kind"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	Status    int    `json:"status"`
	Channel   string `json:"channel"`
	Body      string `json:"body"`
	Truncated bool   `json:"truncated"`
}

func newTap(_ context.Context, _ extension.Settings, cfg component.Config) (extension.Extension, error) {
	file, err := open(cfg.(*config).Path)
	return &tap{file: file}, err
}

// GetHTTPHandler makes the tap a middleware of the receiver's HTTP server.
func (t *tap) GetHTTPHandler(receiver http.Handler) (http.Handler, error) {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var rest io.Reader = bytes.NewReader(nil)
		if err != nil {
			rest = failing{err}
		}
		request.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), rest))

		seen := &statusWriter{ResponseWriter: answer, status: http.StatusOK}
		receiver.ServeHTTP(seen, request)

		if err := t.file.append(requestLine{
			Kind: "request", Method: request.Method, Path: request.URL.RequestURI(),
			Status: seen.status, Channel: request.Header.Get("X-Splunk-Request-Channel"),
			Body: string(body), Truncated: err != nil,
		}); err != nil {
			log.Fatal(err) // a journal with holes would prove nothing
		}
	}), nil
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
