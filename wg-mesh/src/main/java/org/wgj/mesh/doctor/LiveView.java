// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeStatus;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The facts about a running mesh.
 *
 * @param meshOrNull what a coordinator says; null if none answers
 * @param nodeOrNull what the node of this machine says; null if none runs here
 * @param settledRevision the revision of the map some seconds ago, which every node should have by
 *     now; 0 if that is not known
 * @param publicPlaces where others may begin: nodes and planes that are reached from everywhere
 * @param stock the ids of other implementations' peers, as far as the node's map tells
 * @param ports the UDP port of each plane, as far as it is known
 * @param administrationOrNull what waits for an administrator; null if only the coordinator's
 *     machine knows
 * @param machineOrNull what was tried on this machine; null if no node runs here
 * @param version this program's version; empty to compare none with it
 * @param now the wall clock of this machine
 * @param onlyOrNull the node to speak of; null for all
 */
public record LiveView(
        MeshStatus meshOrNull,
        NodeStatus nodeOrNull,
        long settledRevision,
        Set<Seat> publicPlaces,
        Set<Long> stock,
        List<PlanePort> ports,
        Administration administrationOrNull,
        Machine machineOrNull,
        String version,
        Instant now,
        Long onlyOrNull) {
    public LiveView {
        publicPlaces = Set.copyOf(publicPlaces);
        stock = Set.copyOf(stock);
        ports = List.copyOf(ports);
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(now, "now");
        if (meshOrNull == null && nodeOrNull == null) {
            throw new IllegalArgumentException("neither a coordinator nor a node");
        }
    }

    /**
     * Returns the places of a map where others may begin.
     *
     * @param map the map of a coordinator
     * @return each node and plane with a public candidate, in a set of the caller's own
     */
    public static Set<Seat> publicPlaces(MeshMap map) {
        Set<Seat> places = new HashSet<>();
        for (MapNode node : map.nodes().values()) {
            node.planes()
                    .forEach(
                            (plane, member) -> {
                                if (Candidate.arePublic(member.candidates())) {
                                    places.add(new Seat(node.id(), plane));
                                }
                            });
        }
        return places;
    }

    /** Returns whether there is something to report about a single node. */
    boolean isAbout(long node) {
        return onlyOrNull == null || onlyOrNull == node;
    }

    /**
     * A node in a plane.
     *
     * @param node its id
     * @param plane the plane's name
     */
    public record Seat(long node, String plane) {}

    /**
     * The port of a plane.
     *
     * @param plane its name
     * @param port the UDP port of most nodes in it
     */
    public record PlanePort(String plane, int port) {}

    /**
     * The facts that concern administrators.
     *
     * @param tokens the tokens that are neither used up, expired nor revoked
     * @param pending names of nodes that wait for approval
     * @param routes networks that wait for approval, as {@code 192.168.2.0/24 of web-1}
     */
    public record Administration(List<Token> tokens, List<String> pending, List<String> routes) {
        public Administration {
            tokens = List.copyOf(tokens);
            pending = List.copyOf(pending);
            routes = List.copyOf(routes);
        }
    }

    /**
     * An open token, without its secret.
     *
     * @param id its number
     * @param usesLeft how many nodes may still join with it
     * @param created when it was made
     * @param expires when it ends
     */
    public record Token(long id, int usesLeft, Instant created, Instant expires) {}

    /**
     * The facts about this machine.
     *
     * @param planes what was tried in each plane
     * @param collisions local networks that the mesh hides, in words
     * @param hidden wider networks that it hides in part, in words
     * @param exposed files with keys that others can read
     * @param unforwarded networks that the node announces and cannot forward to
     * @param unseen what could not be tried, and why
     */
    public record Machine(
            List<PlaneTrial> planes,
            List<String> collisions,
            List<String> hidden,
            List<String> exposed,
            List<Unforwarded> unforwarded,
            List<Unseen> unseen) {
        public Machine {
            planes = List.copyOf(planes);
            collisions = List.copyOf(collisions);
            hidden = List.copyOf(hidden);
            exposed = List.copyOf(exposed);
            unforwarded = List.copyOf(unforwarded);
            unseen = List.copyOf(unseen);
        }
    }

    /**
     * Networks that other nodes send packets for, and that this machine does not forward to.
     *
     * @param what the networks and the reason, in words
     * @param fix the command that helps
     */
    public record Unforwarded(String what, String fix) {}

    /** The firewall's decision about datagrams that come to a port. */
    public enum Firewall {
        /** They are accepted. */
        OPEN,

        /** They are accepted under conditions. */
        SOMETIMES,

        /** They are dropped. */
        CLOSED,

        /** The rules could not be read. */
        UNKNOWN
    }

    /**
     * The trials in a plane.
     *
     * @param plane the plane's name
     * @param port its UDP port on this machine
     * @param firewall what happens to what comes to the port
     * @param rule the chain and the rule that decide, in words; empty unless it is closed
     * @param mtu the interface's MTU in bytes; 0 if there is no interface
     * @param planeMtu the mesh's MTU for the plane; 0 if it is not known
     * @param echoes what the other nodes answered
     */
    public record PlaneTrial(
            String plane,
            int port,
            Firewall firewall,
            String rule,
            int mtu,
            int planeMtu,
            List<Echo> echoes) {
        public PlaneTrial {
            echoes = List.copyOf(echoes);
        }
    }

    /**
     * The answers of a node to pings through the tunnel.
     *
     * @param node its id
     * @param name its name
     * @param longest the longest packet that was answered, in bytes; 0 if none was
     */
    public record Echo(long node, String name, int longest) {}

    /**
     * A check that was not possible.
     *
     * @param fault what was looked for
     * @param why the reason
     */
    public record Unseen(Fault fault, String why) {}
}
