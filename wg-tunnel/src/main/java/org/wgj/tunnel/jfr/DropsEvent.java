// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/** The number of drops for one reason since the event before. */
@Name("org.wgj.Drops")
@Label("Drops")
@Category("WireGuard")
@Description("The number of drops for one reason since the event before.")
@StackTrace(false)
@Period("10 s")
final class DropsEvent extends Event {
    @Label("Tunnel")
    String tunnel;

    @Label("Reason")
    String reason;

    @Label("Datagrams and Packets")
    long count;
}
