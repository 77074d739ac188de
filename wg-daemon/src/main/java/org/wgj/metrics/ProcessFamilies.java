// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.wgj.metrics.MetricFamily.counter;
import static org.wgj.metrics.MetricFamily.gauge;
import static org.wgj.metrics.MetricFamily.info;

import org.wgj.metrics.MetricFamily.Sample;
import org.wgj.process.ProcessInfo;

import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Our own families of the process that serves an interface. Each interface has them, so that a page
 * may show interfaces of several processes; those of one {@code wgj run} have equal values.
 */
final class ProcessFamilies {
    private static final String DEVICE = "device";
    private static final String COLLECTOR = "collector";

    static final MetricFamily BUILD =
            info("wgj_build_info", "Versions of wgj and of Java.", DEVICE, "version", "java");
    static final MetricFamily START =
            gauge(
                    "wgj_process_start_time_seconds",
                    "seconds",
                    "UNIX time at which the process started.",
                    DEVICE);
    static final MetricFamily COLLECTIONS =
            counter("wgj_gc_collections_total", "", "Garbage collections.", DEVICE, COLLECTOR);
    static final MetricFamily COLLECTION_SECONDS =
            counter(
                    "wgj_gc_seconds_total",
                    "seconds",
                    "Time in garbage collections, in which the process stood still.",
                    DEVICE,
                    COLLECTOR);
    static final MetricFamily HEAP =
            gauge("wgj_heap_used_bytes", "bytes", "The heap in use, garbage included.", DEVICE);
    static final MetricFamily MAX_HEAP =
            gauge("wgj_heap_max_bytes", "bytes", "The limit for the heap.", DEVICE);
    static final MetricFamily THREADS = gauge("wgj_threads", "", "Platform threads.", DEVICE);
    static final MetricFamily FAILED =
            gauge(
                    "wgj_failed_files",
                    "",
                    "Configuration files of wgj run whose interfaces have not come up.");

    static final List<MetricFamily> ALL =
            List.of(BUILD, START, COLLECTIONS, COLLECTION_SECONDS, HEAP, MAX_HEAP, THREADS, FAILED);

    private final List<InterfaceView> interfaces;

    ProcessFamilies(List<InterfaceView> interfaces) {
        this.interfaces = interfaces.stream().filter(one -> one.processOrNull() != null).toList();
    }

    List<Series> series() {
        return List.of(
                each(
                        BUILD,
                        (device, process) ->
                                Stream.of(
                                        BUILD.flag(
                                                true, device, process.version(), process.java()))),
                each(
                        START,
                        (device, process) ->
                                Stream.of(START.measure(process.startSeconds(), device))),
                each(
                        COLLECTIONS,
                        (device, process) ->
                                process.collectors().stream()
                                        .map(
                                                one ->
                                                        COLLECTIONS.count(
                                                                one.collections(),
                                                                device,
                                                                one.name()))),
                each(
                        COLLECTION_SECONDS,
                        (device, process) ->
                                process.collectors().stream()
                                        .map(
                                                one ->
                                                        COLLECTION_SECONDS.measure(
                                                                one.milliseconds() / 1e3,
                                                                device,
                                                                one.name()))),
                each(HEAP, (device, process) -> Stream.of(HEAP.count(process.heapBytes(), device))),
                each(
                        MAX_HEAP,
                        (device, process) ->
                                Stream.of(MAX_HEAP.count(process.maxHeapBytes(), device))),
                each(
                        THREADS,
                        (device, process) -> Stream.of(THREADS.count(process.threads(), device))));
    }

    static Series failed(int files) {
        return new Series(FAILED, Stream.of(FAILED.count(files)));
    }

    private Series each(
            MetricFamily family, BiFunction<String, ProcessInfo, Stream<Sample>> samples) {
        return new Series(
                family,
                interfaces.stream()
                        .flatMap(one -> samples.apply(one.device(), one.processOrNull())));
    }
}
