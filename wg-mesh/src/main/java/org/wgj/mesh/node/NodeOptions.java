// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.mesh.enrol.NodePorts;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.util.List;
import java.util.Objects;

/**
 * A user's wishes for a node.
 *
 * @param port the UDP port of the first plane, those of the others counted up from it; 0 for the
 *     ports of the mesh
 * @param sharedPort whether all planes use the port of the first one
 * @param advertised networks behind the node that it announces
 * @param acceptRoutes whether it routes to networks that others announce
 * @param userspace whether the planes are stacks in the process instead of interfaces of the system
 * @param relay whether it relays for other nodes
 * @param directOnly whether none of its packets may pass through a relay
 * @param hosts whether the names of the nodes are written to the hosts file of the system
 * @param endpointOrNull where others reach it, as its user says; port 0 for the plane's port; null
 *     if the user says nothing
 * @param relayLimits what it grants as a relay
 * @param metricsOrNull where it serves metrics; null for nowhere
 */
public record NodeOptions(
        int port,
        boolean sharedPort,
        List<IpPrefix> advertised,
        boolean acceptRoutes,
        boolean userspace,
        boolean relay,
        boolean directOnly,
        boolean hosts,
        HostPort endpointOrNull,
        RelayLimits relayLimits,
        Metrics metricsOrNull) {
    /** A node without special wishes. */
    public static final NodeOptions DEFAULT =
            new NodeOptions(0, false, List.of(), false, false, false, false, null);

    /**
     * A place for metrics, in the words of the user. The program that serves them reads them.
     *
     * @param address the value of {@code --metrics}
     * @param peers the value of {@code --metrics-peers}
     */
    public record Metrics(String address, String peers) {
        public Metrics {
            Objects.requireNonNull(address, "address");
            Objects.requireNonNull(peers, "peers");
        }
    }

    public NodeOptions {
        advertised = List.copyOf(advertised);
        Objects.requireNonNull(relayLimits, "relayLimits");
        Objects.checkIndex(port, 65_536);
    }

    /** Creates options of a node that may be relayed, with a relay's usual limits, no metrics. */
    public NodeOptions(
            int port,
            boolean sharedPort,
            List<IpPrefix> advertised,
            boolean acceptRoutes,
            boolean userspace,
            boolean relay,
            boolean hosts,
            HostPort endpointOrNull) {
        this(
                port,
                sharedPort,
                advertised,
                acceptRoutes,
                userspace,
                relay,
                false,
                hosts,
                endpointOrNull,
                RelayLimits.DEFAULT,
                null);
    }

    /**
     * Returns the same in user space.
     *
     * @return what differs in {@link #userspace} alone, if at all
     */
    public NodeOptions inUserspace() {
        return with(port, sharedPort, true);
    }

    /**
     * Returns the same with another port.
     *
     * @param other the UDP port of the first plane
     * @return what differs in {@link #port} alone, if at all
     */
    public NodeOptions withPort(int other) {
        return with(other, sharedPort, userspace);
    }

    /**
     * Returns the same with one port for all planes, or one for each.
     *
     * @param shared whether all planes use the port of the first one
     * @return what differs in {@link #sharedPort} alone, if at all
     */
    public NodeOptions withSharedPort(boolean shared) {
        return with(port, shared, userspace);
    }

    private NodeOptions with(int newPort, boolean shared, boolean inUserspace) {
        return new NodeOptions(
                newPort,
                shared,
                advertised,
                acceptRoutes,
                inUserspace,
                relay,
                directOnly,
                hosts,
                endpointOrNull,
                relayLimits,
                metricsOrNull);
    }

    /**
     * Returns the choice of ports, for a request to join.
     *
     * @return what {@link #portOf} follows
     */
    public NodePorts ports() {
        return new NodePorts(port, sharedPort);
    }

    /**
     * Returns the port of a plane.
     *
     * @param index which of the node's planes, from 0
     * @param meshPorts the mesh's ports for the node's planes, in their order
     * @return the UDP port to bind
     */
    public int portOf(int index, List<Integer> meshPorts) {
        return ports().of(index, meshPorts);
    }
}
