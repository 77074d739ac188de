// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import java.util.stream.Stream;

/**
 * A family with its samples on one page.
 *
 * @param family what they are
 * @param samples made one by one while the page is written, so that a page of any size needs little
 *     memory; to be used once
 */
record Series(MetricFamily family, Stream<MetricFamily.Sample> samples) {}
