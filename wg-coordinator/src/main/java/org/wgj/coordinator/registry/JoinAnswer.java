// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

/**
 * The answer to a request to join.
 *
 * @param result what became of it
 * @param reasonOrNull why it was refused; null unless it was
 * @param message for the joining node's user
 * @param nodeOrNull the node, pending or joined; null if refused
 */
public record JoinAnswer(Result result, Reason reasonOrNull, String message, NodeInfo nodeOrNull) {
    /** The result of a request. */
    public enum Result {
        /** The node is in the map. */
        JOINED,

        /** An administrator has to approve the node; ask again later with the same keys. */
        PENDING,

        /** The request changed nothing. */
        REFUSED
    }

    static JoinAnswer refused(RefusedException refusal) {
        return new JoinAnswer(Result.REFUSED, refusal.reason(), refusal.getMessage(), null);
    }

    static JoinAnswer of(NodeInfo node) {
        return node.state() == NodeInfo.State.MEMBER
                ? new JoinAnswer(Result.JOINED, null, "joined as " + node.name(), node)
                : new JoinAnswer(
                        Result.PENDING,
                        null,
                        "an administrator has to approve this node: wgj mesh approve "
                                + node.name(),
                        node);
    }
}
