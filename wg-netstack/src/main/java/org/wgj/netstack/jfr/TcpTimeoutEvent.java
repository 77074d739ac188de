// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** The other host acknowledged nothing for the retransmission timeout. */
@Name("org.wgj.TcpTimeout")
@Label("TCP Retransmission Timeout")
@Category("WireGuard")
@Description("The other host acknowledged nothing for the retransmission timeout.")
@StackTrace(false)
final class TcpTimeoutEvent extends Event {
    @Label("Tunnel")
    String tunnel;

    @Label("Own Address")
    String local;

    @Label("Peer's Address")
    String remote;

    @Label("Times in a Row")
    int times;

    @Label("Round Trip")
    @Description("The smoothed time; 0 if unknown.")
    @Timespan(Timespan.NANOSECONDS)
    long roundTrip;

    @Label("Not Acknowledged")
    @DataAmount(DataAmount.BYTES)
    int queued;
}
