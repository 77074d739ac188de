// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.enrol.NodePorts;
import org.wgj.mesh.node.Identity;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** The UDP ports that a node's planes want on this machine. Other programs may have them. */
final class PlanePorts {
    /** The steps from the mesh's port to another one for a node: far enough for all planes. */
    private static final int STEP = 10;

    private static final int ATTEMPTS = 100;

    private PlanePorts() {}

    /**
     * Looks whether all ports are free.
     *
     * @param identity a member's; its node does not run
     * @throws IOException if another program has one; the message says what to do
     */
    static void check(Identity identity) throws IOException {
        OptionalInt taken = taken(identity, identity.options().ports());
        if (taken.isPresent()) {
            throw new IOException(
                    "UDP port %d is taken by another program or interface: end that, or choose"
                                    .formatted(taken.getAsInt())
                            + " another port by wgj join --port N, which needs no token now");
        }
    }

    /**
     * Looks whether all ports are free.
     *
     * @param identity a member's; its node does not run
     * @param ports the choice to try
     * @return a port that another program has; empty if there is none
     * @throws IOException if no port can be tried
     */
    static OptionalInt taken(Identity identity, NodePorts ports) throws IOException {
        List<Integer> meshPorts = meshPorts(identity);
        for (int i = 0; i < meshPorts.size(); i++) {
            int port = ports.of(i, meshPorts);
            try (var _ = new DatagramSocket(port)) {
                continue;
            } catch (BindException e) {
                return OptionalInt.of(port);
            }
        }
        return OptionalInt.empty();
    }

    /**
     * Finds ports that are free.
     *
     * @param identity a member's; its node does not run
     * @return the port of the first plane; empty if all that were tried are taken
     * @throws IOException if no port can be tried
     */
    static OptionalInt free(Identity identity) throws IOException {
        int usual = meshPorts(identity).getFirst();
        boolean shared = identity.options().sharedPort();
        for (int port : IntStream.rangeClosed(1, ATTEMPTS).map(i -> usual + i * STEP).toArray()) {
            if (port + STEP < 65_536 && taken(identity, new NodePorts(port, shared)).isEmpty()) {
                return OptionalInt.of(port);
            }
        }
        return OptionalInt.empty();
    }

    private static List<Integer> meshPorts(Identity identity) {
        return identity.memberOrNull().planes().stream().map(EnrolPlane::port).toList();
    }
}
