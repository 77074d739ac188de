// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A connection of a tunnel's TCP/IP stack was opened, was closed, or failed. */
@Name("org.wgj.TcpConnection")
@Label("TCP Connection")
@Category("WireGuard")
@Description("A connection of a tunnel's TCP/IP stack was opened, was closed, or failed.")
@StackTrace(false)
final class TcpConnectionEvent extends Event {
    @Label("Tunnel")
    String tunnel;

    @Label("Own Address")
    String local;

    @Label("Peer's Address")
    String remote;

    @Label("Begun by the Peer")
    boolean accepted;

    @Label("Result")
    @Description("opened; closed; aborted, by this side; or failed.")
    String result;

    @Label("Reason")
    @Description("Of a failure: reset, by the peer; refused; timed_out; unreachable; ...")
    String reason;

    @Label("Retransmissions")
    @Description("Segments that were sent again so far.")
    long retransmissions;
}
