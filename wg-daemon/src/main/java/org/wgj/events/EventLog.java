// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.wgj.tunnel.TunnelEvent;

/**
 * Writes the events of an interface to the log: one line each, and the steps between them for
 * debugging. In JSON a line has the parts of its event as keys too. Used by one thread.
 */
final class EventLog {
    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    private EventLog() {}

    /** Returns whether events are logged. */
    static boolean isOn() {
        return LOG.isInfoEnabled();
    }

    static void write(Event event) {
        LoggingEventBuilder line =
                switch (event.kind()) {
                    case ADDED, REMOVED, CLOSED -> LOG.atDebug(); // the user has just done that
                    default -> LOG.atInfo();
                };
        line = line.addKeyValue("interface", event.interfaceName());
        line = line.addKeyValue("event", event.kind().word());
        if (event.peer() != null) {
            line = line.addKeyValue("peer", event.peer().toBase64());
        }
        if (event.endpoint() != null) {
            line = line.addKeyValue("endpoint", event.endpoint());
        }
        if (event.reason() != null) {
            line = line.addKeyValue("reason", event.reason());
        }
        if (event.count() != 0) {
            line = line.addKeyValue("count", event.count());
        }
        line.log("{}: {}", event.interfaceName(), EventText.words(event, false));
    }

    /** Logs a step that is no event. */
    static void step(String interfaceName, TunnelEvent.PeerEvent step, String what) {
        LOG.debug("{}: peer({}): {}", interfaceName, step.peer(), what);
    }

    static void summary(String interfaceName, Summary summary) {
        summary.keys(LOG.atInfo().addKeyValue("interface", interfaceName))
                .log("{}: {}", interfaceName, summary.words());
    }
}
