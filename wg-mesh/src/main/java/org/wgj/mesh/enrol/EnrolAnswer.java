// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.mesh.map.MapCoordinator;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;

/**
 * The answer of a coordinator to a node that wants to join.
 *
 * @param result what became of the request
 * @param reasonOrNull why it was refused or has to wait; null if the node has joined
 * @param message the same in words, for the node's user; empty if the node has joined
 * @param node the node's id; 0 if it was refused
 * @param name the node's name in the mesh, which may differ from the wish; empty if refused
 * @param mesh the mesh's name; empty if refused
 * @param epochOrNull the epoch of the map; null if refused
 * @param planes what the node is in its planes, in the mesh's order; empty unless it has joined
 * @param coordinators where to get the map; empty unless it has joined
 * @param seenAtOrNull the address that the request came from, as the coordinator saw it; null if it
 *     does not say
 */
public record EnrolAnswer(
        Result result,
        Reason reasonOrNull,
        String message,
        long node,
        String name,
        String mesh,
        UUID epochOrNull,
        List<EnrolPlane> planes,
        List<MapCoordinator> coordinators,
        InetAddress seenAtOrNull) {
    /** The result of a request. */
    public enum Result {
        /** The node is a member. */
        JOINED,

        /** An administrator has to approve the node; ask again with the same keys. */
        PENDING,

        /** The node is no member. */
        REFUSED;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Why a node is no member. */
    public enum Reason {
        /** The token has no uses left. */
        USED,

        /** The token is not for one of the planes, or the mesh has no such plane. */
        WRONG_PLANE,

        /** Another node has the name, and the token or the request demands exactly this name. */
        NAME_TAKEN,

        /** The wanted address is another node's, reserved, or outside the plane. */
        ADDRESS_TAKEN,

        /** Another node has one of the keys. */
        KEY_KNOWN,

        /** The mesh has no address left. */
        FULL,

        /** An administrator has not approved the node yet, or has refused it. */
        NOT_APPROVED,

        /** The request cannot be understood. */
        BAD_REQUEST,

        /** The coordinator cannot reach its store now; ask again. */
        BUSY;

        /**
         * Returns whether the same request will be refused again, unless an administrator of the
         * mesh changes something.
         *
         * @return false if time alone may help
         */
        public boolean isFinal() {
            return this != BUSY && this != FULL;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public EnrolAnswer {
        Objects.requireNonNull(result, "result");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(mesh, "mesh");
        planes = List.copyOf(planes);
        coordinators = List.copyOf(coordinators);
        if ((result == Result.JOINED) != (reasonOrNull == null)) {
            throw new IllegalArgumentException("a reason must be there unless the node has joined");
        }
    }

    /**
     * Makes the answer to a node that is a member.
     *
     * @param node its id
     * @param name its name in the mesh
     * @param mesh the mesh's name
     * @param epoch the epoch of the map
     * @param planes what the node is in its planes
     * @param coordinators where to get the map
     * @return the answer
     */
    public static EnrolAnswer joined(
            long node,
            String name,
            String mesh,
            UUID epoch,
            List<EnrolPlane> planes,
            List<MapCoordinator> coordinators) {
        return new EnrolAnswer(
                Result.JOINED, null, "", node, name, mesh, epoch, planes, coordinators, null);
    }

    /**
     * Makes the answer to a node that waits for approval.
     *
     * @param node its id
     * @param name its name in the mesh
     * @param mesh the mesh's name
     * @param epoch the epoch of the map
     * @param message in words
     * @return the answer
     */
    public static EnrolAnswer pending(
            long node, String name, String mesh, UUID epoch, String message) {
        return new EnrolAnswer(
                Result.PENDING,
                Reason.NOT_APPROVED,
                message,
                node,
                name,
                mesh,
                epoch,
                List.of(),
                List.of(),
                null);
    }

    /**
     * Makes the answer to a node that may not join.
     *
     * @param reason why
     * @param message the same in words
     * @return the answer
     */
    public static EnrolAnswer refused(Reason reason, String message) {
        return new EnrolAnswer(
                Result.REFUSED,
                Objects.requireNonNull(reason, "reason"),
                message,
                0,
                "",
                "",
                null,
                List.of(),
                List.of(),
                null);
    }

    /**
     * Returns the same with the address that the request came from.
     *
     * @param address as the coordinator saw it; null to leave it out
     * @return the changed copy
     */
    public EnrolAnswer withSeenAt(InetAddress address) {
        return new EnrolAnswer(
                result,
                reasonOrNull,
                message,
                node,
                name,
                mesh,
                epochOrNull,
                planes,
                coordinators,
                address);
    }
}
