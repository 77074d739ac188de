// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.crypto.PublicKey;

import java.util.Objects;

/**
 * A node in one plane, as the relay knows it. A node in four planes is four members with one id.
 *
 * @param id identifies the node in the mesh
 * @param plane the plane's name; only members of one plane reach one another
 * @param key the node's public key in this plane, which no other member has
 */
public record RelayMember(long id, String plane, PublicKey key) {
    public RelayMember {
        Objects.requireNonNull(plane, "plane");
        Objects.requireNonNull(key, "key");
    }
}
