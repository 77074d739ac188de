// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A session was renewed. */
@Name("org.wgj.Rekey")
@Label("Rekey")
@Category("WireGuard")
@Description("A session was renewed.")
@StackTrace(false)
final class RekeyEvent extends Event {
    @Label("Tunnel")
    String tunnel;

    @Label("Peer")
    @Description("Its public key in base64")
    String peer;

    @Label("Since the Last Handshake")
    @Timespan(Timespan.NANOSECONDS)
    long sinceLast;
}
