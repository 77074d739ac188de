// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/** The counters of a tunnel since it started. */
@Name("org.wgj.DataPath")
@Label("Data Path")
@Category("WireGuard")
@Description("The counters of a tunnel since it started.")
@StackTrace(false)
@Period("10 s")
final class DataPathEvent extends Event {
    @Label("Tunnel")
    String tunnel;

    @Label("Datagrams Sent")
    long datagramsSent;

    @Label("Datagrams Received")
    long datagramsReceived;

    @Label("Datagrams Not Sent")
    long datagramsLost;

    @Label("Packets Read from the Interface")
    long packetsRead;

    @Label("Packets Written to the Interface")
    long packetsWritten;
}
