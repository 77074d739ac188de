// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.TransportAead;

import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * The parts of a device that its peers need. All peers of a device share it.
 *
 * @param settings of the device
 * @param random for keys, indices and jitter
 * @param wallClock for the timestamps of initiations and of the last handshake
 * @param aead makes the keys of sessions
 * @param indices by which the peer addresses handshakes and sessions
 * @param deadlines of all peers
 * @param outbox for datagrams that are not made in place
 * @param output is told about handshakes, endpoints and sessions
 * @param drops counts dropped packets
 * @param handshakes counts handshakes and their messages
 * @param group knows the sessions of all devices of the process
 * @param staging the device's share of the memory for staged packets
 */
record PeerContext(
        DeviceSettings settings,
        RandomGenerator random,
        InstantSource wallClock,
        TransportAead aead,
        IndexTable indices,
        DeadlineQueue deadlines,
        Outbox outbox,
        DeviceOutput output,
        DropCounters drops,
        HandshakeTally handshakes,
        DeviceGroup group,
        StagingBudget.Share staging) {}
