// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.process.ProcessInfo;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes and reads the reply to {@code process=1}, our own operation: what the process of an
 * interface is. No other implementation answers it.
 *
 * <pre>
 * version=0.1.0
 * java=25.0.1
 * start_milliseconds=1764338000123
 * heap_bytes=12345
 * max_heap_bytes=268435456
 * threads=9
 * collector=Copy                (three lines for each)
 * collections=3
 * collection_milliseconds=12
 * errno=0
 * </pre>
 */
final class ProcessText {
    static final String OPERATION = "process=1";

    /** A JVM has two or three. */
    private static final int MAX_COLLECTORS = 16;

    private String version = "";
    private String java = "";
    private long startMs;
    private long heap;
    private long maxHeap;
    private int threads;
    private final List<ProcessInfo.Collector> collectors = new ArrayList<>();

    static String reply(ProcessInfo info) {
        StringBuilder out = new StringBuilder();
        out.append(GetReply.line("version", info.version()));
        out.append(GetReply.line("java", info.java()));
        out.append(number("start_milliseconds", Math.round(info.startSeconds() * 1000)));
        out.append(number("heap_bytes", info.heapBytes()));
        out.append(number("max_heap_bytes", info.maxHeapBytes()));
        out.append(number("threads", info.threads()));
        for (ProcessInfo.Collector collector : info.collectors()) {
            out.append(GetReply.line("collector", collector.name()));
            out.append(number("collections", collector.collections()));
            out.append(number("collection_milliseconds", collector.milliseconds()));
        }
        return out.append(GetReply.end(0)).toString();
    }

    private static String number(String key, long value) {
        return GetReply.line(key, Long.toString(value));
    }

    /** Reads a line and skips unknown keys, which a later version may add. */
    void line(String key, String value) {
        switch (key) {
            case "version" -> version = value;
            case "java" -> java = value;
            case "start_milliseconds" -> startMs = Long.parseLong(value);
            case "heap_bytes" -> heap = Long.parseLong(value);
            case "max_heap_bytes" -> maxHeap = Long.parseLong(value);
            case "threads" -> threads = Integer.parseInt(value);
            case "collector" -> {
                if (collectors.size() == MAX_COLLECTORS) {
                    throw new IllegalArgumentException(
                            "more than " + MAX_COLLECTORS + " garbage collectors");
                }
                collectors.add(new ProcessInfo.Collector(value, 0, 0));
            }
            case "collections" -> {
                ProcessInfo.Collector last = removeLast();
                collectors.add(
                        new ProcessInfo.Collector(
                                last.name(), Long.parseLong(value), last.milliseconds()));
            }
            case "collection_milliseconds" -> {
                ProcessInfo.Collector last = removeLast();
                collectors.add(
                        new ProcessInfo.Collector(
                                last.name(), last.collections(), Long.parseLong(value)));
            }
            default -> {}
        }
    }

    private ProcessInfo.Collector removeLast() {
        if (collectors.isEmpty()) {
            throw new IllegalArgumentException("a count before the name of its collector");
        }
        return collectors.removeLast();
    }

    ProcessInfo info() {
        return new ProcessInfo(
                version, java, startMs / 1000.0, heap, maxHeap, threads, List.copyOf(collectors));
    }
}
