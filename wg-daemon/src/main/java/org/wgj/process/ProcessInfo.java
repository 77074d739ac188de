// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Describes a process of wgj and what its JVM did, at one moment.
 *
 * @param version of wgj
 * @param java version of the Java runtime, such as {@code 25.0.1}
 * @param startSeconds when the JVM started, in seconds since 1970
 * @param heapBytes the heap in use, garbage included
 * @param maxHeapBytes how much the heap may grow
 * @param threads platform threads that are alive
 * @param collectors the garbage collectors, each for a part of the heap
 */
public record ProcessInfo(
        String version,
        String java,
        double startSeconds,
        long heapBytes,
        long maxHeapBytes,
        int threads,
        List<Collector> collectors) {
    private static final String VERSION = version("/org/wgj/cli/version.properties");

    /**
     * A garbage collector. The program stands still during a collection of the serial collector.
     *
     * @param name the JVM's name for it
     * @param collections how many there were
     * @param milliseconds how long they took together
     */
    public record Collector(String name, long collections, long milliseconds) {}

    /** Describes this process. Any thread may call it. */
    public static ProcessInfo now() {
        Runtime runtime = Runtime.getRuntime();
        List<Collector> collectors = new ArrayList<>();
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            collectors.add(
                    new Collector(
                            bean.getName(),
                            Math.max(0, bean.getCollectionCount()),
                            Math.max(0, bean.getCollectionTime())));
        }
        return new ProcessInfo(
                VERSION,
                javaVersion(),
                ManagementFactory.getRuntimeMXBean().getStartTime() / 1000.0,
                runtime.totalMemory() - runtime.freeMemory(),
                runtime.maxMemory(),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                List.copyOf(collectors));
    }

    /** Returns the version without the build, such as 25.0.1. */
    private static String javaVersion() {
        return Runtime.version().version().stream()
                .map(String::valueOf)
                .collect(Collectors.joining("."));
    }

    private static String version(String resource) {
        Properties properties = new Properties();
        try (InputStream in = ProcessInfo.class.getResourceAsStream(resource)) {
            properties.load(in);
        } catch (IOException e) {
            throw new IllegalStateException(resource + " is missing from the jar", e);
        }
        return properties.getProperty("version");
    }
}
