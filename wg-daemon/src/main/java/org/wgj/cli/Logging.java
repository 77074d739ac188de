// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.wgj.events.EventHub;
import org.wgj.log.Log;
import org.wgj.log.LogProvider;
import org.wgj.quick.Output;
import org.wgj.tunnel.TunnelEvent;

import java.util.Locale;

/** Sets up logging to standard error, before the first logger is created. */
final class Logging {
    private Logging() {}

    /**
     * @param level as in wireguard-go: verbose or debug, error, silent; null and other values mean
     *     error
     */
    static void configure(String level) {
        switch (level == null ? "" : level.toLowerCase(Locale.ROOT)) {
            case "verbose", "debug" -> Log.setLevels(Level.DEBUG, Level.WARN);
            case "silent" -> Log.setLevels(null, null);
            default -> Log.setLevels(Level.ERROR, Level.ERROR);
        }
        // Our own back end, without a search of the class path.
        System.setProperty("slf4j.provider", LogProvider.class.getName());
        System.setProperty("slf4j.internal.verbosity", "WARN"); // it would tell of the line above
        Log.detectJournal(System.getenv("JOURNAL_STREAM"));
        // Otherwise Netty looks for a hardware address for the names of channels, and warns if
        // there is none.
        System.setProperty("io.netty.machineId", "00:00:00:00:00:00");
        // Otherwise Netty looks for the process ID by reflection. A channel's name need only be
        // unique in this process.
        System.setProperty("io.netty.processId", "1");
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

    /**
     * For a process that logs the events of its interfaces: the tunnel's own lines would say the
     * same again.
     *
     * @param always whether events are logged also with LOG_LEVEL=error
     */
    static void ofEvents(boolean always) {
        Log.setLevel(TunnelEvent.class.getName(), null);
        if (always && Log.isOurs(Level.ERROR) && !Log.isOurs(Level.INFO)) {
            Log.setLevel(EventHub.class.getPackageName() + ".", Level.INFO);
        }
    }

    /** Prints a message for the user: as it is on a terminal, as a record for a program. */
    static void tell(Level level, String message) {
        if (Log.isForPrograms()) {
            Log.tell(level, "", message);
        } else {
            System.err.println(message);
        }
    }

    /** Returns an output for the steps of an interface that are records for a program. */
    static Output outputForPrograms() {
        return new Output() {
            @Override
            public void step(String command) {
                Log.tell(Level.INFO, "", "[#] " + command);
            }

            @Override
            public void warn(String message) {
                Log.tell(Level.WARN, "", "[!] " + message);
            }
        };
    }
}
