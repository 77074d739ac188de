// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.slf4j.LoggerFactory;

import java.util.Locale;

/** Sets the log up, on stderr, before the first logger is made. */
final class Logging {
    private Logging() {}

    private static final String SIMPLE_LOGGER = "org.slf4j.simpleLogger.";

    /**
     * @param level as wireguard-go has it: verbose or debug, error, silent; anything else, or null,
     *     is error
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
        // Netty would look for a hardware address to make names of channels from, and warn where
        // there is none.
        System.setProperty("io.netty.machineId", "00:00:00:00:00:00");
        // Its events for JFR would bring all of JFR in with the first buffer: a tenth of a second.
        System.setProperty("io.netty.jfr.enabled", "false");
    }

    /**
     * Returns when SLF4J is ready, which the first to call makes it. A thread that makes a logger
     * while another makes SLF4J ready gets a stand-in, and SLF4J says so on stderr.
     */
    static synchronized void awaitReady() {
        LoggerFactory.getLogger(Logging.class);
    }

    private static void set(String key, String value) {
        System.setProperty(SIMPLE_LOGGER + key, value);
    }
}
