// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;

import java.util.OptionalInt;

/**
 * One [Peer] section.
 *
 * @param line where the section begins, from 1; 0 if it is from no file
 * @param publicKey its PublicKey
 * @param presharedKey null if the section has none
 * @param endpoint null if the section has none
 * @param persistentKeepalive in seconds, 0 for off; empty if the section has none
 * @param allowedIps null if the section has none
 */
public record PeerConfig(
        int line,
        PublicKey publicKey,
        PresharedKey presharedKey,
        HostPort endpoint,
        OptionalInt persistentKeepalive,
        AllowedIps allowedIps) {}
