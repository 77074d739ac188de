// SPDX-License-Identifier: Apache-2.0
/**
 * The view of interfaces for Prometheus and probes: families of metrics, the two text formats,
 * names of peers, health, and the HTTP listener that serves them. It reads the counters that a
 * tunnel has already, and adds none to the path of packets.
 */
package org.wgj.metrics;
