// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A handshake: the first with a peer that is recorded, or the first for 180 s. */
@Name("org.wgj.Handshake")
@Label("Handshake")
@Category("WireGuard")
@Description("A handshake: the first with a peer that is recorded, or the first for 180 s.")
@StackTrace(false)
final class HandshakeEvent extends Event {
    @Label("Tunnel")
    String tunnel;

    @Label("Peer")
    @Description("Its public key in base64")
    String peer;

    @Label("Result")
    @Description("completed, or failed: the peer did not answer for 90 s")
    String result;
}
