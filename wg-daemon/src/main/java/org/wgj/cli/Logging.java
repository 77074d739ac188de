// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.slf4j.LoggerFactory;

import java.util.Locale;

/** Sets up logging to standard error, before the first logger is created. */
final class Logging {
    private Logging() {}

    private static final String SIMPLE_LOGGER = "org.slf4j.simpleLogger.";

    /**
     * @param level as in wireguard-go: verbose or debug, error, silent; null and other values mean
     *     error
     */
    static void configure(String level) {
        String slf4jLevel =
                switch (level == null ? "" : level.toLowerCase(Locale.ROOT)) {
                    case "verbose", "debug" -> "debug";
                    case "silent" -> "off";
                    default -> "error";
                };
        set("defaultLogLevel", "error".equals(slf4jLevel) ? "error" : "warn");
        set("log.org.wgj", slf4jLevel);
        if ("off".equals(slf4jLevel)) {
            set("defaultLogLevel", "off");
        }
        set("showDateTime", "true");
        set("dateTimeFormat", "yyyy-MM-dd HH:mm:ss.SSS");
        set("showThreadName", "false");
        set("showShortLogName", "true");
        // Otherwise Netty looks for a hardware address for the names of channels, and warns if
        // there is none.
        System.setProperty("io.netty.machineId", "00:00:00:00:00:00");
        // With its JFR events, Netty would load JFR with the first buffer, which takes a tenth of a
        // second.
        System.setProperty("io.netty.jfr.enabled", "false");
    }

    /**
     * Waits until SLF4J is initialized, which the first caller does. A thread that creates a logger
     * during the initialization would get a substitute, and SLF4J would print a warning.
     */
    static synchronized void awaitReady() {
        LoggerFactory.getLogger(Logging.class);
    }

    private static void set(String key, String value) {
        System.setProperty(SIMPLE_LOGGER + key, value);
    }
}
