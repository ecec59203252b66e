import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { brokenDownChart, chartOf } from '../metrics/charts/lines.ts';
import { SeriesView } from '../metrics/charts/SeriesView.tsx';
import { Fresh } from '../metrics/Fresh.tsx';
import { FunnelGroups } from '../metrics/funnel/FunnelGroups.tsx';
import { FunnelSteps } from '../metrics/funnel/FunnelSteps.tsx';
import {
  type AnswerTo,
  type Question,
  type QuestionOf,
  useFunnel,
  useRetention,
  useSeries,
  useTop,
} from '../metrics/queries.ts';
import { CohortTable } from '../metrics/retention/CohortTable.tsx';
import { useWords } from '../metrics/words/currency.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { BigNumber } from './BigNumber.tsx';
import classes from './Dashboard.module.css';
import type { ChartKind } from './queries.ts';
import { TopRows } from './TopRows.tsx';

interface Props {
  question: Question;
  kind: ChartKind;
  height: number;
}

/** The answer to a saved question, drawn as it was wanted, with when it was true. */
export function ChartView({ question, kind, height }: Props) {
  switch (question.question) {
    case 'series':
      return <SeriesAnswer question={question} kind={kind} height={height} />;
    case 'top':
      return <TopAnswer question={question} kind={kind} height={height} />;
    case 'funnel':
      return <FunnelAnswer question={question} kind={kind} height={height} />;
    case 'retention':
      return <RetentionAnswer question={question} kind={kind} height={height} />;
    default:
      return <div className={classes.scroll}>This question is answered by the API only.</div>;
  }
}

type Of<Q extends Question['question']> = Omit<Props, 'question'> & { question: QuestionOf<Q> };

function SeriesAnswer({ question, kind, height }: Of<'series'>) {
  return (
    <Loaded query={useSeries(question)} skeleton={<Skeleton h={height} />}>
      {(data) => (
        <Answered answer={data} height={height}>
          {kind === 'number' ? <BigNumber series={data} /> : <Drawn series={data} kind={kind} />}
        </Answered>
      )}
    </Loaded>
  );
}

function Drawn({ series, kind }: { series: AnswerTo<'series'>; kind: ChartKind }) {
  const line = series.series[0];
  const words = useWords();
  const chart = series.breakdown
    ? brokenDownChart(series, words)
    : line && chartOf(series, line, words(line.metric));
  const drawn = kind === 'line' || kind === 'bar' || kind === 'table' ? kind : 'area';
  return (
    <SeriesView
      chart={chart}
      kind={series.breakdown && drawn === 'area' ? 'line' : drawn}
      height="100%"
      nothing="Nothing in these days."
    />
  );
}

function TopAnswer({ question, kind, height }: Of<'top'>) {
  return (
    <Loaded query={useTop(question)} skeleton={<Skeleton h={height} />}>
      {(data) => (
        <Answered answer={data} height={height}>
          <TopRows top={data} all={kind === 'table'} />
        </Answered>
      )}
    </Loaded>
  );
}

function FunnelAnswer({ question, kind, height }: Of<'funnel'>) {
  return (
    <Loaded query={useFunnel(question)} skeleton={<Skeleton h={height} />}>
      {(data) => (
        <Answered answer={data} height={height}>
          {kind === 'table' && data.dimension ? (
            <FunnelGroups funnel={data} />
          ) : (
            <FunnelSteps funnel={data} />
          )}
        </Answered>
      )}
    </Loaded>
  );
}

function RetentionAnswer({ question, height }: Of<'retention'>) {
  return (
    <Loaded query={useRetention(question)} skeleton={<Skeleton h={height} />}>
      {(data) => (
        <Answered answer={data} height={height}>
          <CohortTable retention={data} />
        </Answered>
      )}
    </Loaded>
  );
}

interface AnsweredProps {
  answer: Parameters<typeof Fresh>[0]['answer'];
  height: number;
  children: ReactNode;
}

/** An answer as high as its chart may be; what is longer scrolls. */
function Answered({ answer, height, children }: AnsweredProps) {
  return (
    <>
      <div className={classes.scroll} style={{ height: height - 22 }}>
        {children}
      </div>
      <Fresh answer={answer} />
    </>
  );
}
